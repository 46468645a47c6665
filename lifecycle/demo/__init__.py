"""`lifecycle demo`: a book of sample applications, played through fifteen months on the desk's own commands."""
