"""The drawings of lesson 3, one module a panel: they draw results and decide nothing."""
