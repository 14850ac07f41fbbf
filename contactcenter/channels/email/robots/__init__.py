"""Was it a machine that wrote, and does it tell of a mail of ours that came back?"""
