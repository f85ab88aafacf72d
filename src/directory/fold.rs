//! Folding: writing texts so that those which a person takes for equal are equal.
