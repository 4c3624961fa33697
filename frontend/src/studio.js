// What only the workspace needs.
