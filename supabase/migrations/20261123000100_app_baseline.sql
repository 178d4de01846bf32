-- The app's own tables, for a project that has none of them yet (a fresh project, the demo, the tests).
-- A table that exists is left exactly as it is, with its policies and grants.

do $baseline$
begin
  if to_regclass('public.institutions') is null then
    create table public.institutions (
      id uuid primary key default gen_random_uuid(),
      name text not null,
      domain text
    );
    alter table public.institutions enable row level security;
    create policy institutions_read on public.institutions for select to authenticated using (true);
    grant select on public.institutions to authenticated;
    grant all on public.institutions to service_role;
  end if;

  if to_regclass('public.user_profiles') is null then
    create table public.user_profiles (
      id uuid primary key references auth.users (id) on delete cascade,
      email text,
      full_name text,
      account_tier text not null default 'instructor',
      institution_id uuid references public.institutions (id),
      llm_training_consent_given boolean not null default false,
      llm_training_consent_given_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index user_profiles_institution_id on public.user_profiles (institution_id);
    alter table public.user_profiles enable row level security;
    create policy user_profiles_own on public.user_profiles for select to authenticated
      using (id = (select auth.uid()));
    grant select on public.user_profiles to authenticated;
    grant all on public.user_profiles to service_role;
  end if;

  if to_regclass('public.courses') is null then
    create table public.courses (
      id uuid primary key default gen_random_uuid(),
      instructor_id uuid not null references auth.users (id),
      name text not null,
      code text,
      semester text,
      year int,
      created_at timestamptz not null default now(),
      deleted_locally_at timestamptz,
      deleted_locally_by uuid
    );
    create index courses_instructor_id on public.courses (instructor_id);
    alter table public.courses enable row level security;
    create policy courses_own on public.courses for all to authenticated
      using (instructor_id = (select auth.uid())) with check (instructor_id = (select auth.uid()));
    grant select, insert, update, delete on public.courses to authenticated;
    grant all on public.courses to service_role;
  end if;

  if to_regclass('public.course_students') is null then
    create table public.course_students (
      id uuid primary key default gen_random_uuid(),
      course_id uuid not null references public.courses (id),
      student_user_id uuid,
      first_name text,
      last_name text,
      email text,
      student_id text,
      created_at timestamptz not null default now(),
      deleted_locally_at timestamptz,
      deleted_locally_by uuid
    );
    create index course_students_course_id on public.course_students (course_id);
    alter table public.course_students enable row level security;
    create policy course_students_own on public.course_students for all to authenticated
      using (exists (select from public.courses c where c.id = course_id and c.instructor_id = (select auth.uid())))
      with check (exists (select from public.courses c where c.id = course_id and c.instructor_id = (select auth.uid())));
    grant select, insert, update, delete on public.course_students to authenticated;
    grant all on public.course_students to service_role;
  end if;

  if to_regclass('public.rubrics') is null then
    create table public.rubrics (
      id uuid primary key default gen_random_uuid(),
      creator_id uuid references auth.users (id),
      institution_id uuid references public.institutions (id),
      name text not null,
      description text,
      speech_type text,
      total_points numeric,
      grade_scale jsonb,
      categories jsonb,
      is_template boolean not null default false,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_locally_at timestamptz,
      deleted_locally_by uuid
    );
    create index rubrics_creator_id on public.rubrics (creator_id);
    create index rubrics_institution_id on public.rubrics (institution_id);
    alter table public.rubrics enable row level security;
    create policy rubrics_read on public.rubrics for select to authenticated
      using (is_template or creator_id = (select auth.uid()));
    create policy rubrics_insert on public.rubrics for insert to authenticated
      with check (creator_id = (select auth.uid()));
    create policy rubrics_update on public.rubrics for update to authenticated
      using (creator_id = (select auth.uid())) with check (creator_id = (select auth.uid()));
    grant select, insert, update on public.rubrics to authenticated;
    grant all on public.rubrics to service_role;
  end if;

  if to_regclass('public.evaluations') is null then
    create table public.evaluations (
      id uuid primary key default gen_random_uuid(),
      instructor_id uuid not null references auth.users (id),
      student_id uuid constraint evaluations_student_id_fkey references public.course_students (id),
      course_id uuid constraint evaluations_course_id_fkey references public.courses (id),
      rubric_id uuid constraint fk_evaluations_rubric references public.rubrics (id),
      video_url text,
      audio_url text,
      transcript text,
      ai_provider text,
      evaluation_data jsonb,
      total_score numeric,
      letter_grade text,
      status text not null default 'completed',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_locally_at timestamptz,
      deleted_locally_by uuid
    );
    create index evaluations_instructor_id on public.evaluations (instructor_id);
    create index evaluations_student_id on public.evaluations (student_id);
    create index evaluations_course_id on public.evaluations (course_id);
    create index evaluations_rubric_id on public.evaluations (rubric_id);
    alter table public.evaluations enable row level security;
    create policy evaluations_own on public.evaluations for all to authenticated
      using (instructor_id = (select auth.uid())) with check (instructor_id = (select auth.uid()));
    grant select, insert, update, delete on public.evaluations to authenticated;
    grant all on public.evaluations to service_role;
  end if;

  if to_regclass('public.consent_forms') is null then
    create table public.consent_forms (
      id uuid primary key default gen_random_uuid(),
      course_id uuid references public.courses (id),
      student_id uuid references public.course_students (id),
      consent_type text not null,
      consent_given boolean,
      consent_text text,
      created_at timestamptz not null default now()
    );
    create index consent_forms_course_student on public.consent_forms (course_id, student_id);
    create index consent_forms_student_id on public.consent_forms (student_id);
    alter table public.consent_forms enable row level security;
    create policy consent_forms_own on public.consent_forms for select to authenticated
      using (exists (select from public.courses c where c.id = course_id and c.instructor_id = (select auth.uid())));
    grant select on public.consent_forms to authenticated;
    grant all on public.consent_forms to service_role;
  end if;
end
$baseline$;

-- The one column of the app's that we write: what made the model's score of this evaluation.
alter table public.evaluations add column if not exists model_used text;
comment on column public.evaluations.model_used is
  'base@revision + adapter + prompt version, read from what answered; written by llm.record_score alone';
