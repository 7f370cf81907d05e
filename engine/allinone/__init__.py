"""The whole board on one machine: ``python -m engine.allinone`` starts its processes and keeps them up."""
