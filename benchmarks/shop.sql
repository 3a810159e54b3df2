-- The tables of the demo shop. Only keys, names and numbers are NOT NULL.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY NOT NULL,
    email VARCHAR(254),
    first_name VARCHAR(100),
    last_name VARCHAR(100),
    name VARCHAR(200) NOT NULL,
    phone VARCHAR(40),
    city VARCHAR(100),
    country VARCHAR(2),
    note TEXT,
    created_at DATETIME,
    updated_at DATETIME
);
CREATE TABLE products (
    id INTEGER PRIMARY KEY NOT NULL,
    sku VARCHAR(40),
    name VARCHAR(200) NOT NULL,
    category VARCHAR(60),
    price NUMERIC(12, 2),
    currency VARCHAR(3),
    active BOOLEAN,
    weight REAL,
    description TEXT,
    created_at DATETIME,
    updated_at DATETIME
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY NOT NULL,
    number VARCHAR(40) NOT NULL,
    status VARCHAR(20),
    payment_status VARCHAR(20),
    customer_id INTEGER,
    customer_email VARCHAR(254),
    currency VARCHAR(3),
    total NUMERIC(12, 2),
    items_count INTEGER,
    note TEXT,
    placed_at DATETIME,
    shipped_at DATETIME,
    created_at DATETIME,
    updated_at DATETIME,
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);
CREATE TABLE line_items (
    id INTEGER PRIMARY KEY NOT NULL,
    order_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity INTEGER,
    unit_price NUMERIC(12, 2),
    total NUMERIC(12, 2),
    FOREIGN KEY (order_id) REFERENCES orders (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY NOT NULL,
    order_id INTEGER NOT NULL,
    kind VARCHAR(20),
    status VARCHAR(20),
    amount NUMERIC(12, 2),
    currency VARCHAR(3),
    gateway VARCHAR(40),
    reference VARCHAR(60),
    created_at DATETIME,
    updated_at DATETIME,
    FOREIGN KEY (order_id) REFERENCES orders (id)
);
