"""Items of security, IAM, tenancy and reliability, judged on what the function answers.

`checks_*.py` hold one function per rule, each with the item's id and one sentence; `mutations.py` breaks an answer
for each of them; `items.py` accounts for every id. Nothing here knows how manifests are rendered;
`ack.py` says what ACK's objects stand for in the words of the rules, which are those of the Upbound provider.
"""
