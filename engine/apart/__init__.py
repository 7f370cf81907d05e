"""Work on files and tables in short-lived processes of its own: what a large one takes is the system's again after it,
and one that goes wrong takes nothing else with it."""
