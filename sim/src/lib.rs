//! The simulated world: seeded network and clock, reference models and checkers.
