"""remoteready: is this home desk ready for the shift, and can the network carry all of them?"""

__version__ = "0.1.0"
