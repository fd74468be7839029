"""Reading councils' registers of land and assets: any layout in, one draft for each row out."""
