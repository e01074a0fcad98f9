"""Microsoft.Network: virtual networks, NICs, security groups, routes, gateways, balancers, and what follows of them."""
