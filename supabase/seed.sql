-- Deterministic fake people: a department with its instructors, courses and students. Nobody here is real.

insert into public.institutions (id, name, domain) values
  ('000352a2-65b6-56d1-a333-3350c95ba866', 'Northfield College', 'northfield.example')
on conflict (id) do nothing;

insert into auth.users (id, aud, role, email, email_confirmed_at) values
  ('c4de4001-a0ab-5443-b814-85f87871a6f1', 'authenticated', 'authenticated', 'okonkwo@northfield.example', '2026-01-05T08:00:00Z'),
  ('7c036035-6a96-551b-94d8-8e416001bd42', 'authenticated', 'authenticated', 'ashworth@northfield.example', '2026-01-05T08:00:00Z'),
  ('760bc689-e003-526d-9549-bee47769779a', 'authenticated', 'authenticated', 'lindgren@northfield.example', '2026-01-05T08:00:00Z'),
  ('571b3484-1d2c-5104-af9a-d84848b3403b', 'authenticated', 'authenticated', 'hallam@northfield.example', '2026-01-05T08:00:00Z'),
  ('55bd0348-4618-5d40-bf58-e78c48cee0da', 'authenticated', 'authenticated', 'account@northfield.example', '2026-01-05T08:00:00Z')
on conflict (id) do nothing;

insert into public.user_profiles (id, email, full_name, account_tier, institution_id, llm_training_consent_given, llm_training_consent_given_at) values
  ('c4de4001-a0ab-5443-b814-85f87871a6f1', 'okonkwo@northfield.example', 'Miriam Okonkwo', 'instructor', '000352a2-65b6-56d1-a333-3350c95ba866', true, '2026-01-06T09:00:00Z'),
  ('7c036035-6a96-551b-94d8-8e416001bd42', 'ashworth@northfield.example', 'Daniel Ashworth', 'instructor', '000352a2-65b6-56d1-a333-3350c95ba866', true, '2026-01-06T09:00:00Z'),
  ('760bc689-e003-526d-9549-bee47769779a', 'lindgren@northfield.example', 'Sofia Lindgren', 'instructor', '000352a2-65b6-56d1-a333-3350c95ba866', true, '2026-01-06T09:00:00Z'),
  ('571b3484-1d2c-5104-af9a-d84848b3403b', 'hallam@northfield.example', 'Peter Hallam', 'instructor', '000352a2-65b6-56d1-a333-3350c95ba866', false, null),
  ('55bd0348-4618-5d40-bf58-e78c48cee0da', 'account@northfield.example', 'Demo Account', 'demo', '000352a2-65b6-56d1-a333-3350c95ba866', true, '2026-01-06T09:00:00Z')
on conflict (id) do update set email = excluded.email, full_name = excluded.full_name, account_tier = excluded.account_tier,
  institution_id = excluded.institution_id, llm_training_consent_given = excluded.llm_training_consent_given,
  llm_training_consent_given_at = excluded.llm_training_consent_given_at;

insert into public.courses (id, instructor_id, name, code, semester, year) values
  ('3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'c4de4001-a0ab-5443-b814-85f87871a6f1', 'Public Speaking', 'SPCH-110-A', 'Fall', 2026),
  ('27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'c4de4001-a0ab-5443-b814-85f87871a6f1', 'Public Speaking', 'SPCH-110-B', 'Fall', 2026),
  ('b40471f4-28e8-5d1f-9c3d-63b84030ef2e', '7c036035-6a96-551b-94d8-8e416001bd42', 'Argumentation and Debate', 'COMM-220', 'Fall', 2026),
  ('97db28b4-c82a-5ef8-9224-4141ce06e05f', '760bc689-e003-526d-9549-bee47769779a', 'Business Presentations', 'BUS-305', 'Fall', 2026),
  ('e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', '571b3484-1d2c-5104-af9a-d84848b3403b', 'Voices of Rhetoric', 'RHET-140', 'Fall', 2026),
  ('3a2a2680-a307-5a57-83e6-4b117603a57a', '55bd0348-4618-5d40-bf58-e78c48cee0da', 'Trial Course', 'TRY-001', 'Fall', 2026)
on conflict (id) do nothing;

-- One person can be enrolled twice: the same e-mail address under two enrolments.
insert into public.course_students (id, course_id, first_name, last_name, email, student_id) values
  ('abdae5f4-f99a-5226-8d78-9185bf5efc00', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Noor', 'Haddad', 'noor.haddad@student.northfield.example', 'N202600100'),
  ('4e84a70d-dd37-56d4-aba0-63504ef2600d', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Mateo', 'Alvarez-Ruiz', 'mateo.alvarezruiz@student.northfield.example', 'N202600137'),
  ('97a26cd1-ce7a-5aa7-a343-a16b4989afd2', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Aisha', 'Bello', 'aisha.bello@student.northfield.example', 'N202600174'),
  ('46fa9251-a093-5b4a-b2f6-f89a34e45f9e', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Aisha', 'Bello', 'aisha.bello@student.northfield.example', 'N202600174'),
  ('b9534455-3743-529c-b02f-e34d4d7f65f9', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Liam', 'Novak', 'liam.novak@student.northfield.example', 'N202600211'),
  ('e32fa202-bac8-57a1-a446-e9d0af26d7f2', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Zoë', 'O''Brien', 'zoe.obrien@student.northfield.example', 'N202600248'),
  ('e41fd98a-ff1c-5cc5-bb2a-559ded952d36', 'e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', 'Wei', 'Zhang', 'wei.zhang@student.northfield.example', 'N202600285'),
  ('af653bd3-3bc3-5556-b3ed-ff3c3e95fea1', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Priya', 'Raman', 'priya.raman@student.northfield.example', 'N202600322'),
  ('028606fd-a77a-58e5-bbe3-37ef286c1de3', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Omar', 'Farouk', 'omar.farouk@student.northfield.example', 'N202600359'),
  ('0871fe25-d00a-5a5c-af08-387a63ccf880', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Chloé', 'Lefèvre', 'chloe.lefevre@student.northfield.example', 'N202600396'),
  ('f50e5e9f-fac9-5af9-8824-4d610dc96e09', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Diego', 'Castillo', 'diego.castillo@student.northfield.example', 'N202600433'),
  ('e2a70991-3601-5e81-b7b0-ab10f3b5fcfc', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Amara', 'Okafor', 'amara.okafor@student.northfield.example', 'N202600470'),
  ('7ac71ea7-129c-59aa-9392-a0c048041718', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Ethan', 'Whitfield', 'ethan.whitfield@student.northfield.example', 'N202600507'),
  ('19b65f0a-9bec-55a7-8c2a-535d3202743b', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Ethan', 'Whitfield', 'ethan.whitfield@student.northfield.example', 'N202600507'),
  ('1776753b-fc1d-52a4-84fc-ce62583e1dd3', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Yuki', 'Tanaka', 'yuki.tanaka@student.northfield.example', 'N202600544'),
  ('9658fb6d-39c3-58a6-a127-58ca7d8cdaea', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Fatima', 'Rahimi', 'fatima.rahimi@student.northfield.example', 'N202600581'),
  ('8eb90057-7fcf-550e-a397-933e7a825f1a', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Lucas', 'Moreau', 'lucas.moreau@student.northfield.example', 'N202600618'),
  ('a1753e06-e02c-57cb-a6f0-732935cc62e8', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Ingrid', 'Sørensen', 'ingrid.sorensen@student.northfield.example', 'N202600655'),
  ('032ae4ac-197a-507d-9b73-71099e206d12', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Tariq', 'Aziz', 'tariq.aziz@student.northfield.example', 'N202600692'),
  ('18019e04-75c0-52f5-a8e5-a88d4fb14db0', 'e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', 'Maya', 'Goldberg', 'maya.goldberg@student.northfield.example', 'N202600729'),
  ('8eeb3a51-af05-51a3-90e5-835bb8553f03', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Jonas', 'Lindqvist', 'jonas.lindqvist@student.northfield.example', 'N202600766'),
  ('02ee7692-9be3-5974-84bd-7b6fc936b2a1', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Leila', 'Karimi', 'leila.karimi@student.northfield.example', 'N202600803'),
  ('126521ce-d143-51fc-a230-89cb9a7950e0', '3a2a2680-a307-5a57-83e6-4b117603a57a', 'Hugo', 'Petit', 'hugo.petit@student.northfield.example', 'N202600840'),
  ('87e0b4e6-0e40-5591-ae4c-e08b7267ddb1', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Sana', 'Qureshi', 'sana.qureshi@student.northfield.example', 'N202600877'),
  ('f2b2008f-942f-5c33-ba11-7640c295af00', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Callum', 'Drummond', 'callum.drummond@student.northfield.example', 'N202600914'),
  ('9e5de98e-2ea1-58d5-acbd-65d136b4cbdc', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Rosa', 'Delgado', 'rosa.delgado@student.northfield.example', 'N202600951'),
  ('d7c76205-6c58-5546-81da-b11f73048f7e', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Kenji', 'Fujimoto', 'kenji.fujimoto@student.northfield.example', 'N202600988'),
  ('26168d92-df0d-5046-8153-5a0c942dedfc', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Nadia', 'Petrov', 'nadia.petrov@student.northfield.example', 'N202601025'),
  ('d4d854cf-c27e-5830-81ed-a77f7969e441', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Felix', 'Baumann', 'felix.baumann@student.northfield.example', 'N202601062'),
  ('ce55f9d6-8bdd-5225-91e3-846f68faca6f', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Grace', 'Price', 'grace.price@student.northfield.example', 'N202601099'),
  ('7b7010ff-ddfc-5053-97e5-3f0a2768f97e', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Will', 'Young', 'will.young@student.northfield.example', 'N202601136'),
  ('6e7af803-7f4e-5036-a9ca-b088586d3163', 'e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', 'Imani', 'Mwangi', 'imani.mwangi@student.northfield.example', 'N202601173'),
  ('2d7e81bf-34a1-5e6c-bc1f-fabbc8aba4fc', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Soren', 'Halvorsen', 'soren.halvorsen@student.northfield.example', 'N202601210'),
  ('e4975cf8-a827-5902-af16-4ff161551a8d', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Elif', 'Yıldız', 'elif.yildiz@student.northfield.example', 'N202601247'),
  ('4f9537bf-0571-585c-8bca-1b8ca52138d2', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Mark', 'Long', 'mark.long@student.northfield.example', 'N202601284'),
  ('00d16424-8253-526d-8850-16259d342249', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Hana', 'Kimura', 'hana.kimura@student.northfield.example', 'N202601321'),
  ('9a0341dd-0ec5-55da-8ba5-bc2c65f34a18', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Petra', 'Horvath', 'petra.horvath@student.northfield.example', 'N202601358'),
  ('c50f5ca7-8d74-53b9-aa99-68c784b80c83', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Andre', 'Duarte', 'andre.duarte@student.northfield.example', 'N202601395'),
  ('6cc9c879-2a0c-591a-a931-ec573967158e', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Bianca', 'Rossi', 'bianca.rossi@student.northfield.example', 'N202601432'),
  ('77b9cc31-6955-5181-8e04-142e0a492058', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Cyrus', 'Kaveh', 'cyrus.kaveh@student.northfield.example', 'N202601469'),
  ('e4f90abc-d094-5cd5-917f-f9e8413814ab', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Dalia', 'Mansour', 'dalia.mansour@student.northfield.example', 'N202601506'),
  ('29c387a1-16c7-5b60-aa24-cf08a34d0c96', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Dalia', 'Mansour', 'dalia.mansour@student.northfield.example', 'N202601506'),
  ('34adb8fb-c725-567d-8463-9529ffcaa0a1', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Emil', 'Vogel', 'emil.vogel@student.northfield.example', 'N202601543'),
  ('e42efa3c-ea21-5832-8669-cade9a351b4a', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Farah', 'Siddiqui', 'farah.siddiqui@student.northfield.example', 'N202601580'),
  ('a33ffff9-a180-5f98-9eaa-1a4273c062af', '3a2a2680-a307-5a57-83e6-4b117603a57a', 'Goran', 'Jovanović', 'goran.jovanovic@student.northfield.example', 'N202601617'),
  ('7bd3a711-2407-5f15-b81a-c2afc63514dc', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Hollis', 'Brandt', 'hollis.brandt@student.northfield.example', 'N202601654'),
  ('58b4d8b2-b322-534f-95fb-75ccc5a3274b', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Ilse', 'de Vries', 'ilse.devries@student.northfield.example', 'N202601691'),
  ('1a6a1c51-7237-5bfb-a028-3cf98b8a03e2', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Jamal', 'Carter', 'jamal.carter@student.northfield.example', 'N202601728'),
  ('ee1af672-4a91-5552-886e-384c3943641e', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Keiko', 'Mori', 'keiko.mori@student.northfield.example', 'N202601765'),
  ('86a8eeac-3a2e-5040-be36-9163fa884add', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Lorenzo', 'Bianchi', 'lorenzo.bianchi@student.northfield.example', 'N202601802'),
  ('d187f282-27b5-5000-adc7-ad557e64a3d5', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Mina', 'Park', 'mina.park@student.northfield.example', 'N202601839'),
  ('74a29ffa-aa2a-5ac7-a694-4a84d697e9ae', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Mina', 'Park', 'mina.park@student.northfield.example', 'N202601839'),
  ('7971aa8c-8aec-5dc5-a8f4-e24cc5e085f9', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Nikolai', 'Volkov', 'nikolai.volkov@student.northfield.example', 'N202601876'),
  ('bc67cd88-8723-5c5c-b3a1-c8b3ebfdb35b', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Odette', 'Laurent', 'odette.laurent@student.northfield.example', 'N202601913'),
  ('cfa035f5-1705-5bf2-892f-4f0e6e8778fb', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Paulo', 'Ferreira', 'paulo.ferreira@student.northfield.example', 'N202601950'),
  ('d9104521-3118-5ac7-8bfe-faeaaafad247', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Quinn', 'Sullivan', 'quinn.sullivan@student.northfield.example', 'N202601987'),
  ('7c72fb37-94f8-51e7-bfd1-434727395f8a', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Renata', 'Almeida', 'renata.almeida@student.northfield.example', 'N202602024'),
  ('354a0848-74f5-50b2-82dd-2114e19f626c', 'e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', 'Sven', 'Nyberg', 'sven.nyberg@student.northfield.example', 'N202602061'),
  ('eaab4dc5-8422-577b-9af4-a418171429a1', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Thandi', 'Dlamini', 'thandi.dlamini@student.northfield.example', 'N202602098'),
  ('af914170-af06-5bd2-b541-5d36490657bf', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Ulises', 'Herrera', 'ulises.herrera@student.northfield.example', 'N202602135'),
  ('0babd865-e0c9-53a1-ba77-56ec9a39f5e1', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Vera', 'Sokolova', 'vera.sokolova@student.northfield.example', 'N202602172'),
  ('e66809e1-f20f-5ce1-8221-74dff60b3f08', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Vera', 'Sokolova', 'vera.sokolova@student.northfield.example', 'N202602172'),
  ('3a5e88c8-397a-58d5-b5aa-91629f4a7298', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Wanda', 'Kowalska', 'wanda.kowalska@student.northfield.example', 'N202602209'),
  ('a49bf32d-1d77-5208-a32e-a5a908cc44e3', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Ximena', 'Fuentes', 'ximena.fuentes@student.northfield.example', 'N202602246'),
  ('bb7ae339-4df5-5a0d-aa15-db7985c2079b', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Yara', 'Nasser', 'yara.nasser@student.northfield.example', 'N202602283'),
  ('7a42710e-ccaa-56b4-ba0d-b281f368d7df', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Zane', 'Whitlock', 'zane.whitlock@student.northfield.example', 'N202602320'),
  ('b66f606a-dc4c-5e7d-97ab-d84f3cc5bf73', '27bcc8e8-6084-590b-bc65-5cdfb05d9729', 'Ada', 'Byron', 'ada.byron@student.northfield.example', 'N202602357'),
  ('3953249c-0374-5982-9504-1823cded94cf', 'b40471f4-28e8-5d1f-9c3d-63b84030ef2e', 'Bruno', 'Moretti', 'bruno.moretti@student.northfield.example', 'N202602394'),
  ('361d47e5-cc7a-5a0c-abe3-341ce95bc3a7', '97db28b4-c82a-5ef8-9224-4141ce06e05f', 'Carmen', 'Vidal', 'carmen.vidal@student.northfield.example', 'N202602431'),
  ('74201867-cf04-550c-b86b-9fd6eaac86c1', '3ac26273-ab6e-5b42-84f9-451dc4e4856f', 'Dmitri', 'Orlov', 'dmitri.orlov@student.northfield.example', 'N202602468'),
  ('1eaf38aa-7ad6-5456-b64a-e35d5e50509d', 'e45dc9f1-08f9-5c6c-88ca-adc1ae247d1b', 'Elena', 'Marchetti', 'elena.marchetti@student.northfield.example', 'N202602505')
on conflict (id) do nothing;
