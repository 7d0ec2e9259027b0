"""The drawings of lesson 4, one module a panel: they draw results and decide nothing."""
