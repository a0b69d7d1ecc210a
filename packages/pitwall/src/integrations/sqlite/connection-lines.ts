/** How the settings of a connection are made in the application's own code: one line for each client library. */
export const CONNECTION_LINES = `// node:sqlite
const db = new DatabaseSync(path, { timeout: 5000 });
db.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000');

// better-sqlite3
const db = new Database(path, { timeout: 5000 });
db.pragma('synchronous = NORMAL'); db.pragma('cache_size = -16000');

# Python sqlite3
db = sqlite3.connect(path, timeout=5)
db.execute('PRAGMA synchronous = NORMAL'); db.execute('PRAGMA cache_size = -16000')

# SQLAlchemy
@event.listens_for(engine, 'connect')
def settings(connection, record):
    connection.execute('PRAGMA busy_timeout = 5000'); connection.execute('PRAGMA synchronous = NORMAL')
    connection.execute('PRAGMA cache_size = -16000')`;
