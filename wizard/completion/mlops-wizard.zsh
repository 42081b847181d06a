#compdef mlops-wizard
# zsh completion of mlops-wizard. To have it in every shell, write into ~/.zshrc, after compinit:
#     eval "$(mlops-wizard completion zsh)"

_mlops_wizard_table="\
@TABLE@"

# The value (4th field) of the line that begins with $1, into `found`; not zero where there is none.
_mlops_wizard_find() {
    local line
    for line in "${(@f)_mlops_wizard_table}"; do
        if [[ $line == "$1|"* ]]; then
            line=${line#"$1|"}
            found=${line%%|*}
            return 0
        fi
    done
    return 1
}

# Offer the words of path $1 and kind $2, with their meanings.
_mlops_wizard_offer() {
    local line word text
    local -a offered told
    for line in "${(@f)_mlops_wizard_table}"; do
        if [[ $line == "$1|$2|"* ]]; then
            line=${line#"$1|$2|"}
            word=${line%%|*}
            text=${line##*|}
            # environments of a step are offered once somebody has begun to name one
            [[ $word == *@* && $PREFIX != *@* ]] && continue
            offered+=("$word")
            told+=("$word${text:+  -- $text}")
        fi
    done
    (( $#offered )) || return 1
    if [[ $offered[1] == *= ]]; then
        compadd -S '' -l -d told -a offered
    else
        compadd -l -d told -a offered
    fi
}

_mlops_wizard_offer_value() {
    case $1 in
        - | '') _message 'a value' ;;
        folder) _files -/ ;;
        file) _files ;;
        *) _mlops_wizard_offer "$1" v ;;
    esac
}

_mlops_wizard() {
    emulate -L zsh
    local path_='' takes='' word found place=0
    for word in "${(@)words[2,CURRENT-1]}"; do
        if [[ -n $takes ]]; then
            takes=''
        elif [[ $word == -* ]]; then
            _mlops_wizard_find "$path_|o|$word" && takes=$found
        elif _mlops_wizard_find "$path_|c|$word"; then
            path_="${path_:+$path_ }$word" place=0
        else
            (( ++place ))
        fi
    done
    if [[ -n $takes ]]; then
        _mlops_wizard_offer_value "$takes"
    elif [[ $PREFIX == --*=* ]]; then
        _mlops_wizard_find "$path_|o|${PREFIX%%=*}" || return 1
        compset -P 1 '*='
        _mlops_wizard_offer_value "$found"
    elif [[ $PREFIX == -* ]]; then
        _mlops_wizard_offer "$path_" o
    else
        _mlops_wizard_offer "$path_" c
        if _mlops_wizard_find "$path_|a|$place" || _mlops_wizard_find "$path_|a|*"; then
            _mlops_wizard_offer_value "$found"
        fi
    fi
}

# read as a file of the function path it is the function itself; read by eval it has to be announced
if [[ $funcstack[1] == _mlops_wizard || $funcstack[1] == _mlops-wizard ]]; then
    _mlops_wizard "$@"
else
    compdef _mlops_wizard mlops-wizard
fi
