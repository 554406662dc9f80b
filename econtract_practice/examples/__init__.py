"""Cases in every state a case can have, so that whoever practises can begin anywhere.

They go through the server's own operations, by its rules and with real signatures; only the network is left out. `table` says
which there are, `course` how one of them gets there, `record` does the steps, `making` brings all of them there together.
"""
