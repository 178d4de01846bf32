-- Nothing in our schemas is for the public: every function is for the service role, and only those of llm.

revoke execute on all functions in schema llm from public;
revoke execute on all functions in schema llm_private from public;
grant execute on all functions in schema llm to service_role;
alter default privileges in schema llm revoke execute on functions from public;
alter default privileges in schema llm_private revoke execute on functions from public;

-- Private buckets for datasets, adapters and checkpoints: no policy on storage.objects, so only the secret key reaches them.
insert into storage.buckets (id, name, public)
values ('llm-datasets', 'llm-datasets', false), ('llm-adapters', 'llm-adapters', false),
       ('llm-checkpoints', 'llm-checkpoints', false)
on conflict (id) do nothing;

-- What the project already holds is looked at once.
insert into llm.change_queue (evaluation_id, reason)
select e.id, 'installed' from public.evaluations e on conflict do nothing;
