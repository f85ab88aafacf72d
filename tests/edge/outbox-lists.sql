SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed
             WHERE state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed
             WHERE state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed
             WHERE state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed
             WHERE state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_caller
             WHERE caller = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

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

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_batch
             WHERE batch = ?4 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'message' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('queued', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'queued' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sending', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sending' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('unknown', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'unknown' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created = ?2 AND number < ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created = ?2 AND number < ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3
UNION ALL SELECT json_array(created, number), created, number FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array('sent', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'sent' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0
UNION ALL SELECT json_array('failed', count(*)) FROM message INDEXED BY listed_by_template
             WHERE caller = ?4 AND template_name = ?5 AND state = 'failed' AND kind = 'conversation' AND created < ?2 AND created > ?3 AND ?1 > 0;

SELECT json_array(created, number) FROM message INDEXED BY listed_by_contact WHERE contact = ?4 AND created = ?2 AND number < ?3
           AND state IN (SELECT value FROM json_each(?5)) AND (?6 IS NULL OR kind = ?6)
           AND (?7 IS NULL OR caller = ?7) AND (?8 IS NULL OR batch = ?8)
           AND (?9 IS NULL OR template_name = ?9) ORDER BY created DESC, number DESC LIMIT ?1;

SELECT json_array(created, number) FROM message INDEXED BY listed_by_contact WHERE contact = ?4 AND created < ?2 AND created > ?3
           AND state IN (SELECT value FROM json_each(?5)) AND (?6 IS NULL OR kind = ?6)
           AND (?7 IS NULL OR caller = ?7) AND (?8 IS NULL OR batch = ?8)
           AND (?9 IS NULL OR template_name = ?9) ORDER BY created DESC, number DESC LIMIT ?1;

