//! What an operator deploys and allows: host configuration of plugins, grants and the grant decision.
