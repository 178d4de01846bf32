-- A signed hint to the exporter that the queue has grown, where the extension pg_net exists and an address is set.
-- The queue is the truth and is polled all the same: a hint that is lost, late or double changes nothing.

create table llm_private.wake_up (
  only_row boolean primary key default true check (only_row),
  url text not null check (url ~ '^https?://[^[:space:]]+$'),
  secret text not null check (secret ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'),
  updated_at timestamptz not null default now()
);
alter table llm_private.wake_up enable row level security;
comment on table llm_private.wake_up is
  'Where hints go, and what signs them; in the schema that no API role may use, so no key of the project reads the secret';
comment on column llm_private.wake_up.secret is 'whsec_ and base64, as Standard Webhooks has it; the exporter holds the same';

-- A sequence, since setting it takes no lock that outlives the statement and is undone by no rollback.
create sequence llm_private.last_hint;
comment on sequence llm_private.last_hint is 'when the last hint was sent, in milliseconds since 1970';

create function llm.set_wake_up(p_url text, p_secret text, p_actor text) returns void
language plpgsql security definer set search_path = '' as $$
-- Send hints to this address from now on, or to nobody if it is null.
begin
  delete from llm_private.wake_up where only_row;
  if p_url is not null then
    insert into llm_private.wake_up (url, secret) values (p_url, p_secret);
  end if;
  perform llm_private.audit(p_actor, 'set_wake_up', '', jsonb_build_object('is_on', p_url is not null));
end $$;
comment on function llm.set_wake_up is 'the address of the exporter''s /webhook and the secret that it shares with us; null turns hints off';

create function llm_private.hmac_sha256(p_key bytea, p_message bytea) returns bytea
language plpgsql immutable strict set search_path = '' as $$
declare
  key bytea := case when length(p_key) > 64 then sha256(p_key) else p_key end;
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  for place in 0 .. length(key) - 1 loop
    inner_pad := set_byte(inner_pad, place, get_byte(key, place) # 54);
    outer_pad := set_byte(outer_pad, place, get_byte(key, place) # 92);
  end loop;
  return sha256(outer_pad || sha256(inner_pad || p_message));
end $$;
comment on function llm_private.hmac_sha256 is 'RFC 2104 with SHA-256, for projects without pgcrypto';

create function llm_private.hint_headers(p_id text, p_at timestamptz, p_body text, p_secret text) returns jsonb
language sql immutable set search_path = '' as $$
  -- The headers of Standard Webhooks; encode() breaks its lines, which a header must not.
  select jsonb_build_object('Content-Type', 'application/json', 'webhook-id', p_id, 'webhook-timestamp', at.seconds,
    'webhook-signature', 'v1,' || translate(encode(llm_private.hmac_sha256(
      decode(substr(p_secret, 7), 'base64'), convert_to(p_id || '.' || at.seconds || '.' || p_body, 'UTF8')), 'base64'), E'\n', ''))
  from (select floor(extract(epoch from p_at))::bigint::text as seconds) as at;
$$;

create function llm_private.send_hint() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  target llm_private.wake_up;
  moment timestamptz := clock_timestamp();
  milliseconds bigint := extract(epoch from clock_timestamp()) * 1000;
  id text := 'hint_' || gen_random_uuid();
  body jsonb := '{"type": "llm.changes"}';
begin
  if to_regprocedure('net.http_post(text, jsonb, jsonb, jsonb, integer)') is null then
    return null;
  end if;
  begin
    select * into target from llm_private.wake_up;
    if not found or not exists (select from added)
       or milliseconds - (select l.last_value from llm_private.last_hint l) between 0 and 999 then
      return null;
    end if;
    perform setval('llm_private.last_hint', milliseconds);
    -- pg_net sends the text form of the body, so that is what is signed.
    perform net.http_post(url => target.url, body => body, params => '{}'::jsonb,
      headers => llm_private.hint_headers(id, moment, body::text, target.secret), timeout_milliseconds => 2000);
  exception when others then
    -- Whoever writes to the app knows nothing of hints, and must not fail by one.
    return null;
  end;
  return null;
end $$;
comment on function llm_private.send_hint is 'at most one hint a second; it leaves when the transaction that queued the change commits';

create trigger llm_hint after insert on llm.change_queue
  referencing new table as added for each statement execute function llm_private.send_hint();
