"""The function measured beside its peers: the same work, the same machine, the same minutes.

    python -m bench            # some ten minutes; writes bench/results, and the tables of docs/scale.md
    python -m bench --quick    # about one; shows that all of it works

A figure by itself says more of the machine than of a function, so the result is ratios: of the CPU that a server's
process took for a call to what the floor took in the same round. `cases.py` has the requests, `sequences.py` what
follows what, `recipes.py` what a user would write to compose the same, `servers` who answers; `rounds.py`, `growth.py`
`startup.py` and `commandline.py` measure, `goals.py` judges, `report.py`, `chart.py` and `page.py` tell. `hub` measures
what clusters cost a whole hub.
"""
