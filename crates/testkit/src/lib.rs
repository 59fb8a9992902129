//! Doubles, ledger, receiver, checker for Framewright's tests.
