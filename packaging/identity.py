"""Who the packages say that they are from. The project owns no domain yet, so both are placeholders, below a name that
can belong to nobody (`.invalid` is reserved by RFC 2606): no mail reaches a stranger, and no id claims a stranger's
domain. Whoever publishes under a domain of their own changes them here, before the first release: systems keep the id.
"""

MAINTAINER = ("Maskwright maintainers", "maintainers@maskwright.invalid")
"""Name and address in the package of Debian, unless DEBFULLNAME and DEBEMAIL, Debian's own variables, name others."""
DOMAIN = "invalid.maskwright"
"""The domain, reversed: what the ids begin with."""
APPLICATION = f"{DOMAIN}.Maskwright"
"""The id of the application, for macOS and for the catalogues of Linux."""
PROJECT = f"{DOMAIN}.project"
"""What macOS calls the kind of *.maskwright files."""
