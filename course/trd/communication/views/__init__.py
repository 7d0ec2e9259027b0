"""The drawings of lesson 5, one module a panel: they draw results and decide nothing."""
