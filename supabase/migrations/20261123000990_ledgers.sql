-- What a score cost, in the app's own tables: only where the app has them, and never at the price of a score.

create function llm_private.keep_cost(p_score llm.scores, p_ledger jsonb, p_instructor uuid, p_institution uuid) returns void
language plpgsql set search_path = '' as $$
begin
  execute 'insert into public.cost_tracking (evaluation_id, instructor_id, institution_id, gpu_seconds, estimated_cost, provider,
             model_name, processing_time_seconds) values ($1, $2, $3, $4, $5, ''speechgrade'', $6, $7)'
    using p_score.evaluation_id, p_instructor, p_institution, (p_ledger ->> 'gpu_seconds')::numeric,
          (p_ledger ->> 'cost')::numeric, p_score.model_used, round(p_score.latency_ms / 1000.0, 3);
end $$;

create function llm_private.keep_energy(p_score llm.scores, p_ledger jsonb, p_instructor uuid, p_institution uuid) returns void
language plpgsql set search_path = '' as $$
-- One row for an evaluation: a score that is given again adds to ours, and leaves a row of the app's own alone.
begin
  execute 'insert into public.energy_usage as u (evaluation_id, instructor_id, institution_id, ai_provider, energy_kwh, co2_kg,
             scope, scope_category, provider_metadata, processing_time_seconds)
           values ($1, $2, $3, ''finetuned'', $4, $5, ''scope_2'', ''local_gpu'', $6, $7)
           on conflict (evaluation_id) do update set energy_kwh = u.energy_kwh + excluded.energy_kwh,
             co2_kg = u.co2_kg + excluded.co2_kg, provider_metadata = excluded.provider_metadata
           where u.provider_metadata ->> ''source'' = ''speechgrade'''
    using p_score.evaluation_id, p_instructor, p_institution, (p_ledger ->> 'kwh')::numeric, (p_ledger ->> 'co2_kg')::numeric,
          jsonb_build_object('source', 'speechgrade', 'model', p_score.model_used,
            'tokens', coalesce(p_score.prompt_tokens, 0) + coalesce(p_score.completion_tokens, 0),
            'watts', p_ledger -> 'watts'),
          round(p_score.latency_ms / 1000.0, 3);
end $$;

create function llm_private.keep_ledgers(p_score llm.scores, p_ledger jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  instructor uuid;
  institution uuid;
begin
  if p_ledger is null then
    return;
  end if;
  select e.instructor_id, p.institution_id into instructor, institution
    from public.evaluations e left join public.user_profiles p on p.id = e.instructor_id where e.id = p_score.evaluation_id;
  begin
    if to_regclass('public.cost_tracking') is not null then
      perform llm_private.keep_cost(p_score, p_ledger, instructor, institution);
    end if;
    if to_regclass('public.energy_usage') is not null then
      perform llm_private.keep_energy(p_score, p_ledger, instructor, institution);
    end if;
  exception when others then
    -- The app's tables may differ from what we know of them; a score is not refused for that, but it is written down.
    perform llm_private.audit('scorer', 'ledger_failed', p_score.id::text, jsonb_build_object('sqlstate', sqlstate));
  end;
end $$;
