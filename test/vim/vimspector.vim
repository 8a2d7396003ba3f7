" A session of vimspector in a Vim without a screen; says what it sees, line by line, for run.ts.

let s:seen = []
func! s:Say(...)
  call add(s:seen, join(a:000, ' '))
  call writefile(s:seen, $SDEI_HOME . '/seen')
endfunc
func! s:Leave(why)
  call s:Say(a:why)
  qall!
endfunc

" FILE:LINE of the sign for where the guest stands; '': it runs, or there is none.
func! s:Here()
  for l:buffer in getbufinfo()
    for l:placed in sign_getplaced(l:buffer.bufnr, {'group': '*'})
      for l:sign in l:placed.signs
        if l:sign.name =~# '^vimspectorPC' | return fnamemodify(l:buffer.name, ':t') . ':' . l:sign.lnum | endif
      endfor
    endfor
  endfor
  return ''
endfunc
func! s:Output()
  let l:number = bufnr('vimspector.Console')
  return l:number < 0 ? '' : join(getbufline(l:number, 1, '$'), '|')
endfunc

" Each: what is done, and what must be seen then before the next one.
let s:steps = [
  \ ['', {-> s:Here() ==# 'first-event.c:38'}],
  \ ['call vimspector#StepOver()', {-> s:Here() ==# 'first-event.c:39'}],
  \ ['call vimspector#StepInto()', {-> s:Here() ==# 'first-event.c:40'}],
  \ ['call vimspector#Evaluate("$sdei_event + 7")', {-> s:Output() =~# '\<7\>'}],
  \ ['call vimspector#StepOut()', {-> s:Here() ==# 'handler-entry.S:35'}],
  \ ['call vimspector#UpFrame()', {-> s:Here() ==# 'first-event.c:76'}],
  \ ['call vimspector#Evaluate("goto start")', {-> s:Here() ==# 'crt0.S:12'}],
  \ ['call vimspector#Continue()', {-> s:Here() ==# 'first-event.c:38'}],
  \ ['call vimspector#Restart()', {-> s:Here() ==# ''}],
  \ ['', {-> s:Here() ==# 'first-event.c:38'}],
  \ ['call vimspector#Stop()', {-> s:Here() ==# ''}],
  \ ]
let s:at = -1
let s:waited = 0
func! s:Tick(timer)
  try
    if s:at >= 0 && !s:steps[s:at][1]()
      let s:waited += 1
      if s:waited > 1000 | return s:Leave('never behind "' . s:steps[s:at][0] . '": it is at ' . s:Here() . ', ' . s:Output()) | endif
      return
    endif
    if s:at >= 0 | call s:Say(s:steps[s:at][0], s:Here()) | endif
    let s:at += 1
    let s:waited = 0
    if s:at >= len(s:steps) | return s:Leave('ended') | endif
    exe s:steps[s:at][0]
  catch
    call s:Leave('failed: ' . v:exception . ' at ' . v:throwpoint)
  endtry
endfunc

exe 'edit' fnameescape($SDEI_HOME . '/first-event.c')
call search('log->handled++')
call vimspector#ToggleBreakpoint()
call vimspector#LaunchWithSettings({'configuration': 'SDEI guest'})
call timer_start(20, function('s:Tick'), {'repeat': -1})
