SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

