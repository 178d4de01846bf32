-- Aliases: which adapter answers for a scope. Every move holds the table's lock, so that two at once come one by one.

create function llm_private.scope_exists(p_kind text, p_scope text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return case p_kind
    when 'default' then p_scope = ''
    when 'institution' then exists (select from public.institutions i where i.id::text = p_scope)
    when 'course' then exists (select from public.courses c where c.id::text = p_scope)
    when 'rubric' then exists (select from public.rubrics r where r.id::text = p_scope)
    else false end;
end $$;
comment on function llm_private.scope_exists is 'whether the app has such a course, rubric or institution';

create function llm_private.champion_of(p_kind text, p_scope text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select l.adapter_digest from llm.aliases l
            join llm.adapters a on a.digest = l.adapter_digest and a.status = 'approved'
           where l.alias = 'champion' and (l.scope_kind, l.scope_id) in ((p_kind, p_scope), ('default', ''))
           order by l.scope_kind = 'default' limit 1);
end $$;
comment on function llm_private.champion_of is 'what answers for a scope now: its own champion, or else the default one';

create function llm_private.gate_obstacle(p_adapter llm.adapters, p_champion text, p_alias text) returns text
language plpgsql stable set search_path = '' as $$
-- Why the gate keeps an adapter out. A challenger is there to be compared, so it need not beat the champion yet.
declare failed jsonb := llm_private.failed_checks(p_adapter.gate);
begin
  if coalesce(jsonb_array_length(p_adapter.gate -> 'checks'), 0) = 0 then
    return 'gate_missing';
  elsif p_alias = 'challenger' then
    return case when failed - 'better_than_champion' <> '[]' then 'gate_failed' end;
  elsif failed <> '[]' then
    return 'gate_failed';
  elsif p_champion <> p_adapter.digest and p_champion is distinct from p_adapter.gate ->> 'champion' then
    return 'gate_outdated';
  end if;
  return null;
end $$;

create function llm_private.latest_move(p_kind text, p_scope text, p_alias text) returns llm.alias_history
language plpgsql stable set search_path = '' as $$
declare latest llm.alias_history;
begin
  select * into latest from llm.alias_history h
   where (h.scope_kind, h.scope_id, h.alias) = (p_kind, p_scope, p_alias) order by h.id desc limit 1;
  return latest;
end $$;

create function llm_private.move_before(p_kind text, p_scope text, p_alias text) returns llm.alias_history
language plpgsql stable set search_path = '' as $$
-- What a rollback goes back to: the last move before the present one whose adapter is another and may still answer.
declare
  present llm.alias_history := llm_private.latest_move(p_kind, p_scope, p_alias);
  earlier llm.alias_history := present;
begin
  loop
    select * into earlier from llm.alias_history h where h.id = earlier.follows;
    exit when not found;
    if earlier.adapter_digest <> coalesce(present.adapter_digest, '')
       and exists (select from llm.adapters a where a.digest = earlier.adapter_digest and a.status = 'approved') then
      return earlier;
    end if;
  end loop;
  return null;
end $$;

create function llm_private.move_alias(p_move llm.alias_history) returns void
language plpgsql set search_path = '' as $$
begin
  if p_move.adapter_digest is null then
    delete from llm.aliases l where (l.scope_kind, l.scope_id, l.alias) = (p_move.scope_kind, p_move.scope_id, p_move.alias);
  else
    insert into llm.aliases (scope_kind, scope_id, alias, adapter_digest, updated_by)
    values (p_move.scope_kind, p_move.scope_id, p_move.alias, p_move.adapter_digest, p_move.actor)
    on conflict (scope_kind, scope_id, alias) do update
      -- What was said of one challenger is not said of the next.
      set adapter_digest = excluded.adapter_digest, percent = default, is_shadow = default,
          updated_at = now(), updated_by = excluded.updated_by;
  end if;
  insert into llm.alias_history (scope_kind, scope_id, alias, move, adapter_digest, follows, is_forced, request, actor, reason)
  values (p_move.scope_kind, p_move.scope_id, p_move.alias, p_move.move, p_move.adapter_digest, p_move.follows,
          coalesce(p_move.is_forced, false), coalesce(p_move.request, gen_random_uuid()), p_move.actor, p_move.reason);
end $$;

create function llm.promote_adapter(p_digest text, p_actor text, p_reason text,
  p_scope_kind text default 'default', p_scope_id text default '', p_alias text default 'champion',
  p_force boolean default false, p_request uuid default gen_random_uuid())
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Let an adapter answer for a scope. The gate can be overruled, and is then said to have been; a taint cannot.
declare
  adapter llm.adapters;
  obstacle text;
  move llm.alias_history;
begin
  lock table llm.aliases in share row exclusive mode;
  select * into adapter from llm.adapters a where a.digest = p_digest for update;
  if not found then
    return jsonb_build_object('promoted', false, 'reason', 'adapter_unknown');
  elsif adapter.status not in ('candidate', 'approved') then
    return jsonb_build_object('promoted', false, 'reason', 'adapter_' || adapter.status);
  elsif not llm_private.scope_exists(p_scope_kind, p_scope_id) then
    return jsonb_build_object('promoted', false, 'reason', 'scope_unknown');
  end if;
  move := llm_private.latest_move(p_scope_kind, p_scope_id, p_alias);
  if move.adapter_digest = p_digest or exists (select from llm.alias_history h where h.request = p_request) then
    return jsonb_build_object('promoted', true, 'name', adapter.name, 'is_forced', false, 'is_moved', false);
  end if;
  obstacle := llm_private.gate_obstacle(adapter, llm_private.champion_of(p_scope_kind, p_scope_id), p_alias);
  if obstacle is not null and not p_force then
    return jsonb_build_object('promoted', false, 'reason', obstacle, 'failed', llm_private.failed_checks(adapter.gate));
  end if;
  update llm.adapters a set status = 'approved' where a.digest = p_digest;
  perform llm_private.move_alias(jsonb_populate_record(null::llm.alias_history, jsonb_build_object(
    'scope_kind', p_scope_kind, 'scope_id', p_scope_id, 'alias', p_alias, 'move', 'promote', 'adapter_digest', p_digest,
    'follows', move.id, 'is_forced', obstacle is not null, 'request', p_request, 'actor', p_actor, 'reason', p_reason)));
  perform llm_private.audit(p_actor, 'promote', p_digest, jsonb_build_object(
    'scope', llm_private.scope_text(p_scope_kind, p_scope_id), 'alias', p_alias, 'reason', p_reason,
    'is_forced', obstacle is not null, 'obstacle', obstacle, 'failed', llm_private.failed_checks(adapter.gate)));
  return jsonb_build_object('promoted', true, 'name', adapter.name, 'is_forced', obstacle is not null, 'is_moved', true);
end $$;
comment on function llm.promote_adapter is
  'refuses with adapter_*, scope_unknown, or with gate_missing, gate_failed, gate_outdated, which p_force overrules';

create function llm.rollback_alias(p_actor text, p_reason text,
  p_scope_kind text default 'default', p_scope_id text default '', p_alias text default 'champion',
  p_request uuid default gen_random_uuid())
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Go back to the adapter that answered before, if it may still answer; once more goes back one more.
declare
  present llm.alias_history;
  move llm.alias_history;
begin
  lock table llm.aliases in share row exclusive mode;
  select * into move from llm.alias_history h where h.request = p_request;
  if found then
    return jsonb_build_object('rolled_back', true, 'digest', move.adapter_digest);
  end if;
  present := llm_private.latest_move(p_scope_kind, p_scope_id, p_alias);
  move := llm_private.move_before(p_scope_kind, p_scope_id, p_alias);
  -- A withdrawal that comes at this moment is waited for, or waits.
  perform from llm.adapters a where a.digest = move.adapter_digest and a.status = 'approved' for update;
  if not found then
    return jsonb_build_object('rolled_back', false, 'reason', 'no_previous_adapter');
  end if;
  move.move := 'rollback'; move.is_forced := false; move.request := p_request; move.actor := p_actor; move.reason := p_reason;
  perform llm_private.move_alias(move);
  perform llm_private.audit(p_actor, 'rollback', move.adapter_digest, jsonb_build_object('from', present.adapter_digest,
    'scope', llm_private.scope_text(p_scope_kind, p_scope_id), 'alias', p_alias, 'reason', p_reason));
  return jsonb_build_object('rolled_back', true, 'digest', move.adapter_digest);
end $$;

create function llm.demote_alias(p_actor text, p_reason text, p_scope_kind text, p_scope_id text, p_alias text,
  p_request uuid default gen_random_uuid())
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Take an alias away: its scope is answered by the default again. The default champion has nothing to fall back to.
declare present llm.alias_history;
begin
  lock table llm.aliases in share row exclusive mode;
  if p_scope_kind = 'default' and p_alias = 'champion' then
    return jsonb_build_object('demoted', false, 'reason', 'default_champion_kept');
  elsif exists (select from llm.alias_history h where h.request = p_request) then
    return jsonb_build_object('demoted', true);
  end if;
  present := llm_private.latest_move(p_scope_kind, p_scope_id, p_alias);
  if present.adapter_digest is null then
    return jsonb_build_object('demoted', false, 'reason', 'alias_unknown');
  end if;
  perform llm_private.empty_alias(present, 'demote', p_request, p_actor, p_reason);
  return jsonb_build_object('demoted', true);
end $$;

create function llm_private.empty_alias(p_present llm.alias_history, p_move text, p_request uuid, p_actor text, p_reason text)
returns void language plpgsql set search_path = '' as $$
declare move llm.alias_history := p_present;
begin
  move.move := p_move; move.adapter_digest := null; move.follows := p_present.id; move.is_forced := false;
  move.request := p_request; move.actor := p_actor; move.reason := p_reason;
  perform llm_private.move_alias(move);
  perform llm_private.audit(p_actor, p_move || '_alias', p_present.adapter_digest, jsonb_build_object(
    'scope', llm_private.scope_text(p_present.scope_kind, p_present.scope_id), 'alias', p_present.alias, 'reason', p_reason));
end $$;

create function llm.start_purge(p_digest text, p_actor text, p_reason text, p_empties_aliases boolean default false)
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Whether the objects of an adapter may be deleted: only of a tainted one that no alias points to, or will from now on.
declare
  adapter llm.adapters;
  pointing llm.aliases;
begin
  lock table llm.aliases in share row exclusive mode;
  select * into adapter from llm.adapters a where a.digest = p_digest for update;
  if not found then
    return jsonb_build_object('may_purge', false, 'reason', 'adapter_unknown');
  elsif adapter.status not in ('tainted', 'purged') then
    return jsonb_build_object('may_purge', false, 'reason', 'adapter_not_tainted');
  elsif not p_empties_aliases and exists (select from llm.aliases l where l.adapter_digest = p_digest) then
    return jsonb_build_object('may_purge', false, 'reason', 'alias_points_to_it');
  end if;
  for pointing in select * from llm.aliases l where l.adapter_digest = p_digest loop
    perform llm_private.empty_alias(
      llm_private.latest_move(pointing.scope_kind, pointing.scope_id, pointing.alias), 'purge', null, p_actor, p_reason);
  end loop;
  return jsonb_build_object('may_purge', true, 'name', adapter.name, 'object_prefix', adapter.object_prefix);
end $$;

create function llm.alias_overview() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Every alias: what it points to, since when and by whom, and what a rollback would bring back.
  select coalesce(jsonb_agg(jsonb_build_object(
    'scope', llm_private.scope_text(l.scope_kind, l.scope_id), 'alias', l.alias, 'adapter', a.name, 'digest', a.digest,
    'status', a.status, 'since', l.updated_at, 'by', l.updated_by, 'percent', l.percent, 'is_shadow', l.is_shadow,
    'previous', (select b.name from llm.adapters b
                  where b.digest = (llm_private.move_before(l.scope_kind, l.scope_id, l.alias)).adapter_digest))
    order by l.scope_kind, l.scope_id, l.alias), '[]')
  from llm.aliases l join llm.adapters a on a.digest = l.adapter_digest;
$$;

create function llm.alias_moves() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- The history of all aliases, newest first.
  select coalesce(jsonb_agg(jsonb_build_object(
    'at', h.at, 'scope', llm_private.scope_text(h.scope_kind, h.scope_id), 'alias', h.alias, 'move', h.move,
    'adapter', a.name, 'is_forced', h.is_forced, 'by', h.actor, 'reason', h.reason) order by h.id desc), '[]')
  from llm.alias_history h left join llm.adapters a on a.digest = h.adapter_digest;
$$;
