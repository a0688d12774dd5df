//! From tidegate.yaml to a validated stack and a change set.
