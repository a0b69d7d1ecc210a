curl 'http://127.0.0.1:8400/devices?lang=en' -H 'Accept: application/json'
curl 'http://127.0.0.1:8400/devices/7' -H 'Accept: application/json' --compressed
curl 'http://127.0.0.1:8400/login' --json '{"user":"user1","password":"open sesame"}'
