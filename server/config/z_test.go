package config
import ("testing";"fmt";"time")
func TestZ(t *testing.T){
 start:=time.Now()
 _, p := loadText(t, `
public_url = "http://auth.example.com"
samesite = "none"
listen = 0.0.0.0:80
origins = ["https://A.example.com/", "*", "https://b.example.org"]
[session]
idle = 30d
max = 5
kind = "sesion"
[sesion]
fresh_for = "x"
[metrics]
token = "hunter2"
tokn = "hunter2"
[cache]
public_url = "x"
size_mb = 0
[mail.smtp]
host = "x"
[oauth.google]
type="google"
[limits]
auth= "5"
auth= "5"
`, "OSTIARY_SESSION__IDLE=banana", "OSTIARY_SESSION_IDLE=3d", "OSTIARY_ORIGINS=https://a.example.com/,https://x.com")
 fmt.Println(time.Since(start))
 fmt.Println(rendered(p))
}
func BenchmarkLoad(b *testing.B){ b.ReportAllocs(); for b.Loop(){ l:=newLoader(); l.readDocument("x",[]byte(exampleText),0o600); l.finish()}}
func BenchmarkNone(b *testing.B){ b.ReportAllocs(); for b.Loop(){ l:=newLoader(); l.finish()}}
