name 'host'
version '1.0.0'
depends 'shop'
