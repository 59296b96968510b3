"""IAM documents as data: one module per add-on, each bound to one cluster.

What an add-on's own project publishes lets it touch the load balancers, volumes and groups of every cluster in the
account. The policies here allow a subset of those actions, under conditions that name this cluster.
"""
