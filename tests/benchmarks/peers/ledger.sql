-- An ordinary ledger in SQL, in the manner of pgledger (github.com/pgr0ss/pgledger, as of 2026) and as
-- much its equal as we could write it: a transfer and its two entries, with ids that are text and sort by
-- time; amounts of any currency as numeric; running balances, versions, bounds, free metadata. A function
-- of PL/pgSQL takes a list of transfers, locks their accounts one by one in order, and for each updates
-- one account, then the other, and writes the transfer and each entry. It has no idempotency key, no
-- units that the database keeps apart, no holds.
CREATE SCHEMA peer;

-- 26 digits of base 32 (Crockford's), as a ULID has them: 48 bits of time, 80 of chance.
CREATE FUNCTION peer.new_id(prefix text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    digits constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    chance constant bytea := uuid_send(gen_random_uuid());
    moment bigint := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    written text := '';
BEGIN
    FOR place IN 0..9 LOOP
        written := substr(digits, 1 + (moment & 31)::int, 1) || written;
        moment := moment >> 5;
    END LOOP;
    FOR place IN 0..15 LOOP
        written := written || substr(digits, 1 + (get_byte(chance, place) & 31), 1);
    END LOOP;
    RETURN prefix || '_' || written;
END $$;

CREATE TABLE peer.account (
    id text PRIMARY KEY DEFAULT peer.new_id('pga'),
    name text NOT NULL,
    currency text NOT NULL,
    balance numeric NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    allow_negative_balance boolean NOT NULL,
    allow_positive_balance boolean NOT NULL DEFAULT TRUE,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE peer.transfer (
    id text PRIMARY KEY DEFAULT peer.new_id('pgt'),
    from_account text NOT NULL REFERENCES peer.account (id),
    to_account text NOT NULL REFERENCES peer.account (id),
    amount numeric NOT NULL,
    created_at timestamptz NOT NULL,
    event_at timestamptz NOT NULL,
    metadata jsonb,
    CHECK (amount > 0 AND from_account <> to_account)
);
CREATE INDEX ON peer.transfer (from_account);
CREATE INDEX ON peer.transfer (to_account);
CREATE INDEX ON peer.transfer (event_at);
CREATE TABLE peer.entry (
    id text PRIMARY KEY DEFAULT peer.new_id('pge'),
    account text NOT NULL REFERENCES peer.account (id),
    transfer text NOT NULL REFERENCES peer.transfer (id),
    amount numeric NOT NULL,
    previous_balance numeric NOT NULL,
    current_balance numeric NOT NULL,
    account_version bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON peer.entry (account);
CREATE INDEX ON peer.entry (transfer);

CREATE TYPE peer.asked AS (payer text, payee text, value numeric);

CREATE FUNCTION peer.within_bounds(found peer.account) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT found.allow_negative_balance AND found.balance < 0 THEN
        RAISE EXCEPTION 'account % does not allow a negative balance', found.id;
    END IF;
    IF NOT found.allow_positive_balance AND found.balance > 0 THEN
        RAISE EXCEPTION 'account % does not allow a positive balance', found.id;
    END IF;
END $$;

CREATE FUNCTION peer.moved(number text, change numeric) RETURNS peer.account LANGUAGE plpgsql AS $$
DECLARE found peer.account;
BEGIN
    UPDATE peer.account SET balance = balance + change, version = version + 1, updated_at = now()
    WHERE id = number RETURNING * INTO found;
    PERFORM peer.within_bounds(found);
    RETURN found;
END $$;

CREATE FUNCTION peer.entered(found peer.account, number text, change numeric) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO peer.entry (account, transfer, amount, previous_balance, current_balance,
        account_version, created_at)
    VALUES (found.id, number, change, found.balance - change, found.balance, found.version, now())
$$;

CREATE FUNCTION peer.post_all(orders peer.asked[], happened timestamptz, more jsonb DEFAULT NULL)
RETURNS SETOF peer.transfer LANGUAGE plpgsql AS $$
DECLARE
    each peer.asked;
    number text;
    numbers text[] := '{}';
    debited peer.account;
    credited peer.account;
BEGIN
    FOR number IN SELECT payer FROM unnest(orders) UNION SELECT payee FROM unnest(orders) ORDER BY 1
    LOOP
        PERFORM FROM peer.account WHERE id = number FOR UPDATE;
    END LOOP;
    FOREACH each IN ARRAY orders LOOP
        debited := peer.moved(each.payer, -each.value);
        credited := peer.moved(each.payee, each.value);
        IF debited.currency <> credited.currency THEN
            RAISE EXCEPTION '% and % have different currencies', each.payer, each.payee;
        END IF;
        INSERT INTO peer.transfer (from_account, to_account, amount, created_at, event_at, metadata)
        VALUES (each.payer, each.payee, each.value, now(), happened, more) RETURNING id INTO number;
        numbers := numbers || number;
        PERFORM peer.entered(debited, number, -each.value);
        PERFORM peer.entered(credited, number, each.value);
    END LOOP;
    RETURN QUERY SELECT * FROM peer.transfer WHERE id = ANY(numbers) ORDER BY id;
END $$;

CREATE FUNCTION peer.post(payer text, payee text, value numeric, happened timestamptz)
RETURNS SETOF peer.transfer LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM peer.post_all(ARRAY[(payer, payee, value)::peer.asked], happened);
END $$;

-- PostgreSQL's own limit of such work: two rows updated and one written, nothing asked.
CREATE SCHEMA bare;
CREATE TABLE bare.balance (id bigint PRIMARY KEY, posted bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bare.transfer (id bigint PRIMARY KEY, debit bigint, credit bigint, amount bigint);
