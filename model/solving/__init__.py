"""From equations to a certified solution: closures, Newton and Ipopt, paths, certificates, diagnosis."""
