package server

import (
	"time"

	"ostiary/server/refusal"
)

// health tells clients that the server is there, and which one it is. It is
// an ordinary limited route, so that clients can see their limit's headers.
func (s *Server) health(r *request) error {
	return r.json(200, map[string]any{"status": "ok", "instance": s.instance, "keys": map[string]any{"access": nil, "extension": nil}})
}

// alive says that the process answers. It says nothing of the database:
// restarting the process would not mend that.
func (s *Server) alive(r *request) error {
	return r.json(200, map[string]string{"status": "ok"})
}

// ready says whether requests should be sent here.
func (s *Server) ready(r *request) error {
	if s.stopping.Load() {
		return refusal.New(refusal.ServerStopping).Wait(time.Second)
	}
	if err := s.db.Ready(); err != nil {
		return err
	}
	return r.json(200, map[string]string{"status": "ready"})
}
