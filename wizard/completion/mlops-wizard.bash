# bash completion of mlops-wizard. To have it in every shell, write into ~/.bashrc:
#     eval "$(mlops-wizard completion bash)"

_mlops_wizard_table="\
@TABLE@"

# The value (4th field) of the line that begins with $1, into `found`; not zero where there is none.
_mlops_wizard_find() {
    local line
    while IFS= read -r line; do
        if [[ $line == "$1|"* ]]; then
            line=${line#"$1|"}
            found=${line%%|*}
            return 0
        fi
    done <<<"$_mlops_wizard_table"
    return 1
}

# Offer the words of path $1 and kind $2 that continue `current`, each behind $3.
_mlops_wizard_offer() {
    local line word
    while IFS= read -r line; do
        if [[ $line == "$1|$2|"* ]]; then
            word=${line#"$1|$2|"}
            word=$3${word%%|*}
            # environments of a step are offered once somebody has begun to name one
            [[ $word == *@* && $current != *@* ]] && continue
            [[ $word == "$current"* ]] && COMPREPLY+=("$word")
        fi
    done <<<"$_mlops_wizard_table"
}

_mlops_wizard_offer_value() {  # of the kind $1, each behind $2
    case $1 in
        - | '') ;;
        folder | file) local way=-d; [[ $1 == file ]] && way=-f
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen $way -P "$2" -- "${current#"$2"}") ;;
        *) _mlops_wizard_offer "$1" v "$2" ;;
    esac
}

_mlops_wizard() {
    # readline divides words at @, = and :, too; the command does not
    local line=${COMP_LINE:0:COMP_POINT} words path='' takes='' place=0 word found current
    read -r -a words <<<"$line"
    [[ $line == *[[:blank:]] ]] && words+=('')
    current=${words[${#words[@]} - 1]}
    COMPREPLY=()
    for word in "${words[@]:1:${#words[@]} - 2}"; do
        if [[ $takes ]]; then
            takes=''
        elif [[ $word == -* ]]; then
            _mlops_wizard_find "$path|o|$word" && takes=$found
        elif _mlops_wizard_find "$path|c|$word"; then
            path="${path:+$path }$word" place=0
        else
            place=$((place + 1))
        fi
    done
    if [[ $takes ]]; then
        _mlops_wizard_offer_value "$takes" ''
    elif [[ $current == --*=* ]]; then
        _mlops_wizard_find "$path|o|${current%%=*}" && _mlops_wizard_offer_value "$found" "${current%%=*}="
    elif [[ $current == -* ]]; then
        _mlops_wizard_offer "$path" o ''
    else
        _mlops_wizard_offer "$path" c ''
        if _mlops_wizard_find "$path|a|$place" || _mlops_wizard_find "$path|a|*"; then
            _mlops_wizard_offer_value "$found" ''
        fi
    fi
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
    # what stands before the last of readline's own dividers is there already; @ belongs to what comes after it
    local breaks=${COMP_WORDBREAKS//[^@=:]/} kept=''
    [[ $breaks ]] && kept=${current%"${current##*[$breaks]}"} kept=${kept%@}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

complete -F _mlops_wizard mlops-wizard
