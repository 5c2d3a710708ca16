package server

import "context"

// LookForBackup makes the backup of [backup] if one is due.
func (s *Server) LookForBackup() { s.backups.planned.look(context.Background()) }
