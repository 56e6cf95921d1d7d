"""Call rules inferred: whom a hall calls among those waiting, fitted on some days and re-enacted on others."""
