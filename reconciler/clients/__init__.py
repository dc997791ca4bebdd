"""One transport and one thin client a remote service, reading apart from writing."""
