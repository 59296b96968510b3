"""What a claim costs its hub, on a real control plane: function calls, API writes, tokens, CPU.

    python -m bench.hub

`readings.py` reads the counters of Crossplane, of the API server's audit log and of the processes; `stages.py` makes
clusters, has Crossplane look at settled ones, and leaves them alone; `scale.py` computes what thousands of them need.
"""
