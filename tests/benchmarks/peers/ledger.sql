-- An ordinary ledger in SQL, in the manner of pgledger: a transfer and its two entries, text ids that
-- sort by time, running balances and versions, an account's bounds; a function of PL/pgSQL locks both
-- accounts in order and updates one after the other. It has no idempotency key, units or holds.
CREATE SCHEMA peer;

CREATE TABLE peer.account (
    id text PRIMARY KEY,
    name text NOT NULL,
    currency text NOT NULL,
    balance bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    allow_negative_balance boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE TABLE peer.transfer (
    id text PRIMARY KEY,
    from_account text NOT NULL REFERENCES peer.account (id),
    to_account text NOT NULL REFERENCES peer.account (id),
    amount bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL,
    event_at timestamptz NOT NULL,
    CHECK (from_account <> to_account)
);
CREATE INDEX ON peer.transfer (from_account);
CREATE INDEX ON peer.transfer (to_account);
CREATE TABLE peer.entry (
    id text PRIMARY KEY,
    account text NOT NULL REFERENCES peer.account (id),
    transfer text NOT NULL REFERENCES peer.transfer (id),
    amount bigint NOT NULL,
    previous_balance bigint NOT NULL,
    current_balance bigint NOT NULL,
    account_version bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON peer.entry (account);
CREATE INDEX ON peer.entry (transfer);

-- As long as a ULID with its prefix, and as ordered: what follows the time is chance.
CREATE FUNCTION peer.new_id(prefix text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT prefix || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint), 14, '0')
        || lpad(to_hex((random() * 281474976710655)::bigint), 12, '0')
$$;

CREATE FUNCTION peer.moved(number text, change bigint) RETURNS peer.account LANGUAGE plpgsql AS $$
DECLARE found peer.account;
BEGIN
    UPDATE peer.account SET balance = balance + change, version = version + 1,
        updated_at = clock_timestamp() WHERE id = number RETURNING * INTO found;
    IF found.id IS NULL THEN
        RAISE EXCEPTION 'no account %', number;
    END IF;
    IF found.balance < 0 AND NOT found.allow_negative_balance THEN
        RAISE EXCEPTION 'account % does not allow a negative balance', number;
    END IF;
    RETURN found;
END $$;

CREATE FUNCTION peer.post(payer text, payee text, value bigint, happened timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    number text := peer.new_id('pgt_');
    debited peer.account;
    credited peer.account;
    made timestamptz := now();
BEGIN
    PERFORM FROM peer.account WHERE id IN (payer, payee) ORDER BY id FOR UPDATE;
    INSERT INTO peer.transfer VALUES (number, payer, payee, value, made, happened);
    debited := peer.moved(payer, -value);
    credited := peer.moved(payee, value);
    IF debited.currency <> credited.currency THEN
        RAISE EXCEPTION '% and % have different currencies', payer, payee;
    END IF;
    INSERT INTO peer.entry VALUES
        (peer.new_id('pge_'), payer, number, -value, debited.balance + value, debited.balance,
            debited.version, made),
        (peer.new_id('pge_'), payee, number, value, credited.balance - value, credited.balance,
            credited.version, made);
    RETURN number;
END $$;

-- PostgreSQL's own limit of such work: two rows updated and one written, nothing asked.
CREATE SCHEMA bare;
CREATE TABLE bare.balance (id bigint PRIMARY KEY, posted bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bare.transfer (id bigint PRIMARY KEY, debit bigint, credit bigint, amount bigint);
