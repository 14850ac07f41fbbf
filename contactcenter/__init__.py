"""One contact centre for every channel, in one process or many. Start reading at docs/tour.md."""

__version__ = "0.1.0"
