BEGIN TRANSACTION;
CREATE TABLE aliases (old TEXT NOT NULL, cells TEXT NOT NULL, new TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (old, cells)) WITHOUT ROWID;
INSERT INTO "aliases" VALUES('old@x.test','h','a@x.test',1);
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL, run INTEGER NOT NULL, resend INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  status INTEGER NOT NULL, http_status INTEGER, code TEXT, message TEXT
);
INSERT INTO "attempts" VALUES(1,1,1,0,1777887000000250,1777887000300250,1,201,NULL,NULL);
INSERT INTO "attempts" VALUES(2,2,1,0,1777887001000250,1777887001300250,1,201,NULL,NULL);
INSERT INTO "attempts" VALUES(3,3,1,0,1777887002000250,1777887002300250,2,0,'timeout','no answer');
INSERT INTO "attempts" VALUES(4,4,1,0,1777887003000250,1777887003300250,3,422,'http_422','no');
INSERT INTO "attempts" VALUES(5,5,1,0,1777887004000250,1777887004300250,4,429,'limited','later');
INSERT INTO "attempts" VALUES(6,6,1,0,1777887005000250,1777887005300250,1,201,NULL,NULL);
INSERT INTO "attempts" VALUES(9,5,2,0,1777973400000250,1777973400300250,1,201,NULL,NULL);
CREATE TABLE decisions (id INTEGER PRIMARY KEY, key TEXT NOT NULL, record TEXT NOT NULL);
INSERT INTO "decisions" VALUES(1,'gone@x.test','{"Key":"gone@x.test","Action":"deleted","Who":"op","At":"2026-05-04T10:30:00.00025Z","ClientID":"Client:3","Other":"","Before":{"Key":"gone@x.test","Status":1,"Open":false,"Row":{"Sheet":"Customers","Number":7},"ClientID":"Client:3","ClientName":"Gone","PrimaryEmail":"p3@x.test","AssetGroupID":"g","HTTPStatus":201,"Code":"","Message":"","Advice":"","Attempts":1,"BegunAt":"2026-05-04T09:30:05.00025Z","FinishedAt":"2026-05-04T09:30:05.30025Z","Snapshot":"eyJjbGllbnRfdXNlcnMiOlt7ImVtYWlsIjoibG9naW5AZ29uZUB4LnRlc3QifV0sImNsaWVudF9kZXRhaWxzIjp7Im5hbWUiOiJHb25lIn19","Fingerprint":"v1:gone@x.test","SecretsMAC":"mac","Run":1,"Note":""}}');
INSERT INTO "decisions" VALUES(2,'b2@x.test','{"Key":"b2@x.test","Action":"same-as","Who":"op","At":"2026-05-04T10:30:00.00025Z","ClientID":"Client:2","Other":"b@x.test","Before":null}');
INSERT INTO "decisions" VALUES(3,'b2@x.test','{"Key":"b2@x.test","Action":"handover","Who":"op","At":"2026-05-04T11:30:00.00025Z","ClientID":"","Other":"","Before":null}');
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  status INTEGER NOT NULL,
  open INTEGER NOT NULL,
  last INTEGER NOT NULL,
  sheet TEXT, row INTEGER,
  client_id TEXT, client_name TEXT, primary_email TEXT, asset_group_id TEXT,
  http_status INTEGER, code TEXT, message TEXT, advice TEXT,
  attempts INTEGER NOT NULL, begun_at INTEGER, finished_at INTEGER,
  snapshot TEXT, fingerprint TEXT, secrets_mac TEXT, run INTEGER, note TEXT,
  resend INTEGER -- while it is open
);
INSERT INTO "entries" VALUES(1,'a@x.test',1,0,1,'Customers',2,'Client:1','ACME Ltd','p1@x.test','g',201,NULL,NULL,NULL,1,1777887000000250,1777887000300250,'{"client_users":[{"email":"login@a@x.test"}],"client_details":{"name":"Acme"}}','v1:a@x.test','mac',1,'checked',0);
INSERT INTO "entries" VALUES(2,'b@x.test',1,0,2,'Customers',3,'Client:2','Bolt','p2@x.test','g',201,NULL,NULL,NULL,1,1777887001000250,1777887001300250,'{"client_users":[{"email":"login@b@x.test"}],"client_details":{"name":"Bolt"}}','v1:b@x.test','mac',1,NULL,0);
INSERT INTO "entries" VALUES(3,'c@x.test',2,0,3,'Customers',4,NULL,'Cut',NULL,NULL,0,'timeout','no answer','look',1,1777887002000250,1777887002300250,'{"client_users":[{"email":"login@c@x.test"}],"client_details":{"name":"Cut"}}','v1:c@x.test','mac',1,NULL,0);
INSERT INTO "entries" VALUES(4,'d@x.test',3,0,4,'Customers',5,NULL,'Dull',NULL,NULL,422,'http_422','no','mend',1,1777887003000250,1777887003300250,'{"client_users":[{"email":"login@d@x.test"}],"client_details":{"name":"Dull"}}','v1:d@x.test','mac',1,NULL,0);
INSERT INTO "entries" VALUES(5,'e@x.test',1,0,9,'Customers',86402,'Client:4','Else','p4@x.test','g',201,NULL,NULL,NULL,2,1777973400000250,1777973400300250,'{"client_users":[{"email":"login@e@x.test"}],"client_details":{"name":"Else"}}','v1:e@x.test','mac',2,NULL,0);
INSERT INTO "entries" VALUES(6,'gone@x.test',4,0,7,'Customers',7,NULL,'Gone','p3@x.test','g',201,'settled_deleted',NULL,NULL,1,1777887005000250,1777887005300250,'{"client_users":[{"email":"login@gone@x.test"}],"client_details":{"name":"Gone"}}','v1:gone@x.test','mac',1,NULL,0);
INSERT INTO "entries" VALUES(7,'b2@x.test',1,0,8,'Customers',3,'Client:2','Bolt','p2@x.test','g',201,'settled_same_as',NULL,NULL,0,1777887001000250,1777887001300250,'{"client_users":[{"email":"login@b@x.test"}],"client_details":{"name":"Bolt"}}','v1:b@x.test','mac',1,NULL,NULL);
INSERT INTO "entries" VALUES(8,'f@x.test',2,1,10,'Customers',86403,NULL,'Fly',NULL,NULL,NULL,NULL,NULL,NULL,1,1777973401000250,NULL,'{"client_users":[{"email":"login@f@x.test"}],"client_details":{"name":"Fly"}}','v1:f@x.test','mac',2,NULL,0);
CREATE TABLE faults (input TEXT NOT NULL, fault INTEGER NOT NULL, PRIMARY KEY (input, fault)) WITHOUT ROWID;
INSERT INTO "faults" VALUES('in',4);
INSERT INTO "faults" VALUES('in',5);
CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "header" VALUES('key_definition','["client_details.email"]');
INSERT INTO "header" VALUES('key_fingerprint','fp');
INSERT INTO "header" VALUES('mapping','{"path":"m.yaml","content":"version: 1"}');
INSERT INTO "header" VALUES('job_id','00112233445566ff');
INSERT INTO "header" VALUES('target','https://api.example.test');
INSERT INTO "header" VALUES('created_at','2026-05-04T09:30:00.00025Z');
CREATE TABLE idents (value INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (value, entry)) WITHOUT ROWID;
CREATE TABLE runs (id INTEGER PRIMARY KEY, record TEXT NOT NULL);
INSERT INTO "runs" VALUES(1,'{"started_at":"2026-05-04T09:30:00.00025Z","ended_at":"2026-05-04T09:31:00.00025Z","operator":"op","input":{"path":"/in.csv","digest":"sha256:1","rows":9},"counts":{"created":3},"exit_code":4}');
INSERT INTO "runs" VALUES(2,'{"started_at":"2026-05-05T09:30:00.00025Z","operator":"op","input":{"path":"/in.csv","digest":"sha256:1","rows":9},"exit_code":0}');
CREATE TABLE seals (
  attempt INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, handed_at INTEGER, sealed BLOB NOT NULL
);
INSERT INTO "seals" VALUES(1,1,1777887000000250,NULL,X'7365616C6564');
INSERT INTO "seals" VALUES(10,8,1777973401000250,NULL,X'6F6620746865206F6E6520696E20666C69676874');
CREATE TABLE seen (key INTEGER PRIMARY KEY, run INTEGER NOT NULL);
INSERT INTO "seen" VALUES(-2,1);
INSERT INTO "seen" VALUES(1,1);
INSERT INTO "seen" VALUES(1560622065358159183,1);
CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "sequence" VALUES('last',10);
CREATE TABLE views (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
INSERT INTO "views" VALUES('results.csv','sha256:2');
CREATE INDEX entries_by_status ON entries (status, last);
CREATE INDEX decisions_by_key ON decisions (key);
CREATE INDEX seals_by_entry ON seals (entry);
COMMIT;
