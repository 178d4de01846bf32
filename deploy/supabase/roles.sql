-- Run once by the database's image, as its superuser, when the data is new: each service gets a password of its own.
\getenv of_rest SUPABASE_REST_PASSWORD
\getenv of_auth SUPABASE_AUTH_PASSWORD
\getenv of_storage SUPABASE_STORAGE_PASSWORD
alter role authenticator with password :'of_rest';
alter role supabase_auth_admin with password :'of_auth';
alter role supabase_storage_admin with password :'of_storage';
