"""People at work in Slack: cards, threads, claims, App Home, what supervisors ask and steer.

`intake` stores what people did there and `work` does it by flow/actions, like the console and the API; `posting` brings
what is shown up to date. Refuses to send a customer anything but the words of a ticket's owner.
"""
