"""The one connection to Slack: requests out (api), events in (connection). What they mean is others' business.

Both who serves customers there (channels/slack) and who serves agents (desk) work over it. Refuses to interpret: an
event is handed, stored and acknowledged, to whichever of them owns it.
"""
