"""The simulator on a real API server: provider-upjet-aws and AWS for a whole hub, in one process.

    python -m argosy.simulator.live --help

Behaviour is where it was: `provider.py` and the tables of kinds. Here is what an API server adds: `api.py` talks to it,
`cache.py` and `watching.py` know what it holds, `changes.py` says what is to be written, `controller.py` lets the beats
pass. `cloud.py` has the AWS accounts, `settings.py` the faults that people ask for, `spoke.py` the network and the
authenticator of the clusters that exist there, `serving.py` their two ports.
"""
