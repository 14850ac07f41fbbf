"""The use cases: the rooms joined into what happens.

In the order of a message: intake, inbound, assist, assign, actions, outbound, deliver; upkeep beside them. Each is a
synchronous function of a transaction. docs/tour.md walks through them.
"""
