"""`contactcenter demo`: a whole desk that needs nothing, with customers who write to it on every channel."""
